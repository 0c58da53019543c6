"""``ecomflow demo``: shoppers, restocks, returns and tickets on a virtual clock, with a real mail server of our own."""
