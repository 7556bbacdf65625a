"""The story that ``make demo`` tells: real traffic in, decisions as they happen, real deliveries to fakes."""
