"""Tables of the old shop."""

from django.db import models


class PastOrder(models.Model):
    customer = models.CharField(max_length=80)
    note = models.TextField(blank=True)
    total = models.IntegerField()
    year = models.IntegerField()
