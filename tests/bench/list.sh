#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Serves a stored list of pods by nginx over TLS, once with HTTP/1.1 and once with HTTP/2, and measures
# how the library reads it. Usage: list.sh BUILD-FOLDER [PODS]
set -eu
bench=$(cd "$1/tests/bench" && pwd)
pods=${2:-20000}
if ! command -v nginx >/dev/null 2>&1 || ! command -v openssl >/dev/null 2>&1; then
    echo "list of pods over TLS | >= 1.8 x curl into bare yajl | skipped: nginx or openssl is missing"
    exit 0
fi
folder=$(mktemp -d)
trap 'kill "$(cat "$folder/pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$folder"' EXIT
"$bench/make-pods" "$pods" >"$folder/pods.json"
empty() {
    printf '{"kind":"%sList","apiVersion":"%s","metadata":{"resourceVersion":"1"},"items":[]}\n' "$1" "$2"
}
empty Namespace v1 >"$folder/namespaces.json"
empty ServiceAccount v1 >"$folder/serviceaccounts.json"
empty HostEndpoint crd.projectcalico.org/v1 >"$folder/hostendpoints.json"
printf '{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"kube-system","uid":"u"}}\n' \
    >"$folder/kube-system.json"
printf '{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Invalid","code":422}\n' \
    >"$folder/no-streams.json"
: >"$folder/nothing"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$folder/key" -out "$folder/ca.pem" -days 2 \
    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null

serve() { # serve VERSION PORT
    cat >"$folder/nginx.conf" <<END
user root; worker_processes 1; pid $folder/pid; error_log $folder/error.log;
events { worker_connections 64; }
http {
    access_log off; sendfile off; default_type application/json; output_buffers 2 512k;
    # A watch that says nothing ends at once: nothing is measured after the list.
    map \$arg_sendInitialEvents\$arg_watch \$file { true1 /no-streams; "1" /nothing; default ""; }
    server {
        listen 127.0.0.1:$2 ssl $1;
        ssl_certificate $folder/ca.pem; ssl_certificate_key $folder/key; root $folder;
        error_page 422 /no-streams.json;
        location = /no-streams.json { internal; }
        location / {
            if (\$file = /no-streams) { return 422; }
            if (\$file = /nothing) { rewrite ^ /nothing break; }
            rewrite /kube-system\$ /kube-system.json break;
            rewrite /([a-z]+)\$ /\$1.json break;
        }
    }
}
END
    nginx -c "$folder/nginx.conf" 2>/dev/null
}

for version in '' http2; do
    port=$((20000 + $$ % 20000))
    serve "$version" "$port"
    sleep 0.3
    "$bench/bench-list" "https://127.0.0.1:$port" "$folder/ca.pem" "$pods" |
        sed "s/loopback TLS/loopback TLS, HTTP\/${version:+2}${version:-1.1}/; s/HTTP\/2http2/HTTP\/2/"
    kill "$(cat "$folder/pid")"
    while [ -e "$folder/pid" ]; do sleep 0.1; done
done
