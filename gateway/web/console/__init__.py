"""The console: pages for people. HTML from templates, one stylesheet, and JavaScript only where a passkey needs it."""
