"""Where things live on this machine."""

import os
from pathlib import Path


def home() -> Path:
    """The folder that holds all data: `$TINYTALES_HOME`, else the platform's user data folder."""
    chosen = os.environ.get("TINYTALES_HOME")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("tinytales", appauthor=False))


def settings_file() -> Path:
    """The user's settings: `settings.toml` under `$TINYTALES_HOME`, else in the platform's configuration folder."""
    if os.environ.get("TINYTALES_HOME"):
        return home() / "settings.toml"
    import platformdirs

    return Path(platformdirs.user_config_dir("tinytales", appauthor=False)) / "settings.toml"


def package() -> Path:
    """The installed package, with the files that come in it. It holds an extension module, so it is never in a zip."""
    return Path(__file__).parent
