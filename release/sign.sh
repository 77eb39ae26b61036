#!/usr/bin/env bash
# Signs an image that has been pushed, and attaches its bill of materials, with cosign: keyless, by the identity of whoever or whatever runs it,
# or with COSIGN_KEY=FILE. By digest and not by tag: what is signed is what was looked at.
#
#   release/sign.sh REGISTRY/inheritune-trainer@sha256:DIGEST trainer.spdx.json
#
# Users then check, and admission policies with them:
#
#   cosign verify --certificate-identity-regexp IDENTITY --certificate-oidc-issuer ISSUER REGISTRY/inheritune-trainer@sha256:DIGEST
#   cosign verify-attestation --type spdxjson ... REGISTRY/inheritune-trainer@sha256:DIGEST
set -euo pipefail

image=${1:?usage: sign.sh IMAGE@sha256:DIGEST SPDX_FILE} sbom=${2:?usage: sign.sh IMAGE@sha256:DIGEST SPDX_FILE}
[[ $image =~ @sha256:[0-9a-f]{64}$ ]] || { echo "sign.sh: '$image' has no digest; docker buildx imagetools inspect prints it" >&2; exit 2; }
[ "$(sed -n 's/.*"spdxVersion": *"\(SPDX-2.3\)".*/\1/p' "$sbom")" ] || { echo "sign.sh: $sbom is no SPDX 2.3 document; release/sbom.sh writes one" >&2; exit 2; }
command -v cosign >/dev/null || { echo "sign.sh: cosign is missing (https://docs.sigstore.dev)" >&2; exit 1; }

cosign sign --yes ${COSIGN_KEY:+--key "$COSIGN_KEY"} "$image"
cosign attest --yes ${COSIGN_KEY:+--key "$COSIGN_KEY"} --type spdxjson --predicate "$sbom" "$image"
