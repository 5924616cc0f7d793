"""The OpenAPI document of the gateway: written here, committed as `openapi.json`, served at `/openapi.json`."""
