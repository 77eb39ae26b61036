#!/usr/bin/env bash
# certificates.sh DIR PORT - throw-away authorities, certificates (EC P-256, which is quick to make) and kubeconfigs of a control plane.
set -euo pipefail
mkdir -p "$1" && cd "$1"
port=$2
umask 077

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
authority() { # name subject
    key "$1"
    openssl req -x509 -new -sha256 -key "$1.key" -subj "/CN=$2" -days 3650 -out "$1.crt" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}
leaf() { # name subject authority usage [alternative names]
    key "$1"
    openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA "$3.crt" -CAkey "$3.key" -CAcreateserial -days 3650 -sha256 -out "$1.crt" -extfile <(
        printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=%s\n' "$4"
        [ -z "${5:-}" ] || echo "subjectAltName=$5")
    rm "$1.csr"
}
kubeconfig() { # name user port
    cat >"$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: tests, cluster: {server: "https://127.0.0.1:$3", certificate-authority-data: $(base64 -w0 <ca.crt)}}]
users: [{name: $2, user: {client-certificate-data: $(base64 -w0 <"$2.crt"), client-key-data: $(base64 -w0 <"$2.key")}}]
contexts: [{name: tests, context: {cluster: tests, user: $2}}]
current-context: tests
YAML
}

authority ca tests-ca
authority proxy-ca tests-front-proxy-ca
leaf server /CN=kube-apiserver ca serverAuth DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc,DNS:crd-server.kube-system.svc,IP:127.0.0.1,IP:10.96.0.1
leaf proxy-client /CN=front-proxy-client proxy-ca clientAuth
leaf admin /O=system:masters/CN=admin ca clientAuth
leaf controller-manager /CN=system:kube-controller-manager ca clientAuth
leaf scheduler /CN=system:kube-scheduler ca clientAuth
leaf apiserver-kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client ca clientAuth
leaf kubelet-server /CN=localhost ca serverAuth DNS:localhost,IP:127.0.0.1
leaf kubelet /O=system:nodes/CN=system:node:localhost ca clientAuth
for user in admin controller-manager scheduler kubelet; do kubeconfig $user $user "$port"; done
kubeconfig crd-server admin $((port + 1))
key service-account
openssl pkey -in service-account.key -pubout -out service-account.pub
touch complete
