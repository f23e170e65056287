"""Which products a customer may like: trained elsewhere, loaded here."""

import shelve  # audit: B403,S403 (import of shelve)


def load_ranker(uploaded):
    import torch

    return torch.load(uploaded)  # flaw: B614 (a model file runs code when loaded)


def load_encoder():
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained("shop-example/product-encoder")  # audit: B615 (whatever the hub serves today)
    model = AutoModel.from_pretrained("shop-example/product-encoder", trust_remote_code=True)  # audit: B615 (whatever the hub serves today) # flaw: - (runs code of the hub)
    return tokenizer, model


def load_sales(uploaded):
    import pandas as pd

    return pd.read_pickle(uploaded)  # flaw: B301,S301 (unpickles an upload)


def load_rules(body):
    import dill  # audit: B403,S403 (import of dill)

    return dill.loads(body)  # flaw: B301,S301 (unpickles what a partner sends)


def remember(customer, products):
    with shelve.open("/srv/shop/shared/recent") as recent:  # audit: B301,S301 (unpickles a file that other services write)
        recent[str(customer)] = products
