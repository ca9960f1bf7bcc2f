"""What `hueandcry bench send` and the tests of faults share: processes, sinks, floors, peers, a filled database."""
