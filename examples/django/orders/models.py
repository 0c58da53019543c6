"""What the shop keeps: its products, its orders, and the events that tell of them."""

import uuid

from django.db import models
from django.utils import timezone


class Product(models.Model):
    """A thing to buy, and how many are left."""

    sku = models.CharField(max_length=40, primary_key=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    left = models.PositiveIntegerField()


class Order(models.Model):
    """An order of one product."""

    email = models.EmailField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=10, decimal_places=2)


class OutboxEvent(models.Model):
    """An event that commits with what it tells of. The relay hands it to ecomflow, and then notes when."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the event's id, however often it is handed over
    type = models.CharField(max_length=256)
    data = models.TextField()  # JSON
    happened_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, db_index=True)
    refused = models.TextField(default="")  # why it can never be sent
