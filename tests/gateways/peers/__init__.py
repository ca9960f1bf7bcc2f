"""The far sides of live gateways, one file each by the gateway's name, each a server written by others.

`far_side(settings)` is a context: it starts the server, sets what the gateway needs to find it, and stops it again. The
server speaks the language of our test addresses: the name in it (or the number) ends with 998 when there is no such
address, with 996 when it is to be tried again once; all others are taken.
"""
