"""The golden run: six weeks of made-up people, whose decisions are the same however they are worked out."""
