"""A mail relay for tests: takes what is sent to it and keeps it."""

import queue
import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage


class _Conversation(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self._say("220 relay ready")
        recipients: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line.split(":")[0].upper()
            if verb == "DATA":
                self._take(recipients)
            elif verb == "RCPT TO":
                self._say(self._judge(line.split("<")[1].split(">")[0], recipients))
            else:
                self._say("221 bye" if verb == "QUIT" else "250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _judge(self, address: str, recipients: list[str]) -> str:
        if self.server.refuse:
            self.server.refused.put(address)
            return "550 nobody of that name"
        recipients.append(address)
        return "250 ok"

    def _take(self, recipients: list[str]) -> None:
        self._say("354 go on")
        lines = list(iter(self.rfile.readline, b".\r\n"))
        self.server.taken.put((recipients, b"".join(lines)))
        self._say("250 taken")


class MailServer(socketserver.ThreadingTCPServer):
    """`next()` waits for a mail and gives (recipients, message)."""

    daemon_threads = True
    refuse = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.taken: queue.Queue[tuple[list[str], bytes]] = queue.Queue()
        self.refused: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def next(self) -> tuple[list[str], EmailMessage]:
        recipients, text = self.taken.get(timeout=30)
        return recipients, message_from_bytes(text, policy=policy.default)
