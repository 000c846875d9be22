"""The WSGI application that gunicorn serves."""

import os
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from issues.selectors.live_memory import live_memory  # noqa: E402 (needs Django's settings)

threading.Thread(target=live_memory.warm_up, name="memory", daemon=True).start()
