"""HTTP: routes, bodies, problem details, security, metrics and the OpenAPI description."""
