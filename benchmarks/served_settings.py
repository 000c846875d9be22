"""The product's settings, and a middleware that answers `/constant/<bytes>` where tiles are answered."""

from config import settings as product
from config.settings import *  # noqa: F403

ALLOWED_HOSTS = ["127.0.0.1"]
MIDDLEWARE = [product.MIDDLEWARE[0], "benchmarks.constant_body.ConstantFirst", *product.MIDDLEWARE[1:]]
