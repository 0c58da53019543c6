"""``ecomflow demo``: four shoppers, a virtual clock, and a real mail server of our own."""
