"""The pages: server-rendered HTML that reads through the hub's verbs and acts through them."""
