"""``cuewire simulate --destination``: the requests that would leave, made by the adapters and kept on this machine."""
