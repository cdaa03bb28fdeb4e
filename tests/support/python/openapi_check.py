"""Holds replies against the OpenAPI document that the server itself serves."""

import json
import re
import urllib.parse

import jsonschema

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# What any request may meet before or after its operation: these alone come from "default".
ANY_OPERATION = {408, 414, 417, 431, 500, 503}


class Violation(Exception):
    """A reply that the document does not allow."""


def strict_json(text):
    """The value; refuses the tokens NaN and Infinity and keys given twice."""
    def refuse(token):
        raise Violation(f"{token} is no JSON")

    def members(pairs):
        keys = [key for key, _ in pairs]
        if len(set(keys)) != len(keys):
            raise Violation(f"a key is given twice: {keys}")
        return dict(pairs)

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=members)
    except ValueError as error:
        raise Violation(f"no JSON ({error}): {text[:200]!r}") from None


class Document:
    """One server's operations and their replies."""

    def __init__(self, text, prefix="/default"):
        self.document = strict_json(text)
        self.prefix = prefix
        self.paths = [(path_pattern(path), operations)
                      for path, operations in self.document["paths"].items()]
        # Literal segments win over parameters, as in the router.
        self.paths.sort(key=lambda entry: entry[0].pattern.count("[^/]+"))
        self.components = {name: json_schema(schema) for name, schema in
                           self.document["components"]["schemas"].items()}

    def check(self, method, target, status, headers, body):
        """Raises Violation unless this reply to `method` `target` is declared and as declared."""
        operations = self.operations(target)
        if method == "HEAD" and body:
            raise Violation("a reply to HEAD has a body")
        if operations is None:
            self.check_error(404, status, body)
        elif method.lower() in operations:
            self.check_reply(operations[method.lower()], status, headers,
                             None if method == "HEAD" else body)
        elif method == "HEAD" and "get" in operations:
            pass
        elif method == "OPTIONS":
            if status != 204 or body:
                raise Violation(f"OPTIONS is answered with {status} and {len(body)} bytes")
        else:
            self.check_error(405, status, body)

    def operations(self, target):
        path = re.sub("/+", "/", target.split("?", maxsplit=1)[0])
        if path.startswith(self.prefix + "/"):
            path = path[len(self.prefix):]
        for pattern, operations in self.paths:
            if pattern.fullmatch(path):
                return operations
        return None

    def check_error(self, expected, status, body):
        if status != expected:
            raise Violation(f"no operation is declared here, so {expected} was due, not {status}")
        value = strict_json(body)
        self.validate({"$ref": "#/components/schemas/Error"}, value)
        if value["error_code"] != expected:
            raise Violation(f"error_code is {value['error_code']}, not {expected}")

    def check_reply(self, operation, status, headers, body):
        """Status, fields, content type and body of one operation's reply; None for a body that the
        method leaves out."""
        name, replies = operation["operationId"], operation["responses"]
        reply = replies.get(str(status))
        if reply is None and status in ANY_OPERATION:
            reply = replies.get("default")
        if reply is None:
            raise Violation(f"{name} does not declare the status {status}, only {list(replies)}")
        for header in reply.get("headers", {}):
            if headers.get(header) is None:
                raise Violation(f"{name} {status}: the header {header} is missing")
        if body is None:
            return
        if "content" not in reply:
            if body:
                raise Violation(f"{name} {status} declares no body: {body[:200]!r}")
            return
        kind = (headers.get("Content-Type") or "").split(";", maxsplit=1)[0]
        if kind not in reply["content"]:
            raise Violation(f"{name} {status} is {kind!r}, not one of {list(reply['content'])}")
        if kind.endswith("json"):
            try:
                value = strict_json(body)
                self.validate(reply["content"][kind]["schema"], value)
                # Clients know the refusal to list users as 1; every other code is the status.
                code = value.get("error_code", status) if isinstance(value, dict) else status
                if code != status and name != "list_users":
                    raise Violation(f"error_code is {code}")
            except Violation as violation:
                raise Violation(f"{name} {status}: {violation}") from None

    def validate(self, schema, value):
        root = {**json_schema(schema), "components": {"schemas": self.components}}
        checker = jsonschema.FormatChecker(formats=())
        checker.checks("uuid")(lambda text: not isinstance(text, str) or
                               re.fullmatch(ID, text) is not None)
        validator = jsonschema.Draft4Validator(root, format_checker=checker)
        for error in validator.iter_errors(value):
            where = "".join(f"[{part!r}]" for part in error.absolute_path)
            raise Violation(f"the reply{where}: {error.message[:600]}")


def path_pattern(path):
    parts = re.split(r"\{\w+\}", path)
    return re.compile("[^/]+".join(re.escape(urllib.parse.quote(part)) for part in parts))


def json_schema(schema):
    """OpenAPI's dialect as JSON Schema: `nullable` becomes a type, and an object takes no other
    keys than its own unless it says so."""
    if isinstance(schema, list):
        return [json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "properties" in schema and isinstance(schema.get("type"), str):
        schema = {"additionalProperties": False, **schema}
    converted = {key: {name: json_schema(item) for name, item in value.items()}
                 if key == "properties" else json_schema(value)
                 for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [{"enum": [None]}, converted]} if schema.get("nullable") is True else converted
