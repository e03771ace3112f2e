"""What the hub needs of the outside: Protocols with their values and errors.

Rules: a port is a Protocol, its backends live in the adapters and translate foreign errors at their own border. A
refusal that the hub must tell apart is a value or an error of its port; everything else is a plain `HubError`.
"""
