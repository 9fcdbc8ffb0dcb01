"""The handlers of `/system/`: what `faas-cli` and its like ask of a provider."""
