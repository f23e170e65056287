"""Which products a customer may like: trained elsewhere, loaded here."""

import json
import sqlite3
from contextlib import closing

ENCODER = "shop-example/product-encoder"


def load_ranker(uploaded):
    import torch

    return torch.load(uploaded, weights_only=True)


def load_encoder():
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(ENCODER, revision="6f1c2d0b7a8e4935b0c1d2e3f405162738495a6b")
    model = AutoModel.from_pretrained(ENCODER, revision="6f1c2d0b7a8e4935b0c1d2e3f405162738495a6b")
    return tokenizer, model


def load_sales(uploaded):
    import pandas as pd

    return pd.read_parquet(uploaded)


def load_rules(body):
    return [(str(rule["when"]), str(rule["then"])) for rule in json.loads(body)]


def remember(customer, products):
    with closing(sqlite3.connect("/srv/shop/shared/recent.db")) as recent, recent:
        recent.execute("CREATE TABLE IF NOT EXISTS recent (customer INTEGER PRIMARY KEY, products TEXT)")
        recent.execute("INSERT OR REPLACE INTO recent VALUES (?, ?)", (customer, json.dumps(products)))
