"""What the commands ``ecomflow local …`` share."""
