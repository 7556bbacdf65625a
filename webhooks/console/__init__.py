"""The console: server-rendered pages that show what happened, behind a sign-in."""
