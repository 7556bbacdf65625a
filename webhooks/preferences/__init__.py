"""Pages that people open from a message: to unsubscribe, and to choose what they hear of."""
