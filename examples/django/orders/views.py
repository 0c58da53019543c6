"""What customers ask for."""

import json

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from .models import Order, Product
from .outbox import tell


class SoldOutError(Exception):
    """There are not that many left."""


@require_POST
def place_order(request: HttpRequest) -> JsonResponse:
    """Place an order; the order, the stock and the event commit together, or none of them."""
    wanted = json.loads(request.body)
    try:
        with transaction.atomic():
            product = get_object_or_404(Product, sku=wanted["sku"])
            quantity = max(1, int(wanted["quantity"]))
            order = Order.objects.create(email=wanted["email"], product=product, quantity=quantity, total=product.price * quantity)
            tell("order.created", {"order": {"id": str(order.pk), "email": order.email, "total": order.total}})
            take_from_stock(product, order.quantity)
    except SoldOutError:
        return JsonResponse({"error": "sold out"}, status=409)
    return JsonResponse({"order": order.pk}, status=201)


def take_from_stock(product: Product, quantity: int) -> None:
    """Take so many, or raise."""
    if not Product.objects.filter(pk=product.pk, left__gte=quantity).update(left=F("left") - quantity):
        raise SoldOutError
