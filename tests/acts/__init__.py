"""Every act that a route of the gateway allows, done once over the routes themselves, and what each left on the log."""
