"""What browsers report of the content security policy: something on a page tried what pages must not do."""

import json
import logging
import threading
from collections import deque
from typing import Any

import bottle

log = logging.getLogger(__name__)

_MAX_REPORT = 8192


class Violations:
    """The last reports; each is logged, since there should be none."""

    def __init__(self) -> None:
        self.last: deque[dict[str, Any]] = deque(maxlen=50)
        self._guard = threading.Lock()

    def take(self) -> bottle.HTTPResponse:
        """The answer to a report; strangers can send anything, so little of it is kept."""
        body = bottle.request.environ["wsgi.input"].read(_MAX_REPORT)
        try:
            report = json.loads(body).get("csp-report", {})
            kept = {key: str(report.get(key))[:300] for key in ("document-uri", "violated-directive", "blocked-uri")}
        except (ValueError, AttributeError, RecursionError):
            return bottle.HTTPResponse(status=400)
        with self._guard:
            self.last.append(kept)
        log.warning("content security policy violated: %s", kept)
        return bottle.HTTPResponse(status=204)
