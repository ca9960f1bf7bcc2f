"""What we measure: who is a member against who lives here, what worked, what it brought."""
