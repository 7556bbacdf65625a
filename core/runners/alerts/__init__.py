"""What is wrong with the running server, and who is told of it: once when it begins and once when it is over."""
