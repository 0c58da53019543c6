"""What `ecomflow doctor` looks at; each module has checks of one kind, and none of them changes anything."""
