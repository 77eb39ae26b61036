#!/usr/bin/env bash
# The bill of materials of an image, as SPDX 2.3 JSON on standard output: the packages of its distribution and those from NuGet.
#
#   docker save REGISTRY/inheritune-trainer:0.1.0 -o trainer.tar && release/sbom.sh trainer.tar >trainer.spdx.json
#
# It is read from the image itself and not from the sources: dpkg's records, and what .NET's own *.deps.json say was published. Needs jq.
set -euo pipefail

archive=${1:?usage: sbom.sh ARCHIVE}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tar -xOf "$archive" manifest.json >"$work/manifest.json"
config=$(jq -r '.[0].Config' "$work/manifest.json")
tar -xOf "$archive" "$config" >"$work/config.json"
jq -r '.[0].Layers[]' "$work/manifest.json" | while read -r layer; do
    # A layer without any of them is no error.
    tar -xOf "$archive" "$layer" | tar -x -C "$work" --wildcards --no-anchored 'var/lib/dpkg/status*' 'app/*.deps.json' 'shared/Microsoft.NETCore.App/*.deps.json' 2>/dev/null || true
done

# One line of JSON for each package.
debian() {
    local id; id=$(tar -xOf "$archive" "$(jq -r '.[0].Layers[0]' "$work/manifest.json")" | tar -xO --wildcards --no-anchored 'usr/lib/os-release' 2>/dev/null | sed -n 's/^ID=//p')
    find "$work/var/lib/dpkg" -type f ! -name '*.md5sums' 2>/dev/null | LC_ALL=C sort | while read -r file; do cat "$file"; echo; done \
        | awk -v RS= -v id="${id:-debian}" '{
            name = version = architecture = ""
            n = split($0, lines, "\n")
            for (i = 1; i <= n; i++) {
                if (lines[i] ~ /^Package: /) name = substr(lines[i], 10)
                if (lines[i] ~ /^Version: /) version = substr(lines[i], 10)
                if (lines[i] ~ /^Architecture: /) architecture = substr(lines[i], 15)
            }
            if (name != "") printf "%s\t%s\tpkg:deb/%s/%s@%s?arch=%s\n", name, version, id, name, version, architecture
        }' | jq -Rc 'split("\t") | {name: .[0], versionInfo: .[1], purl: .[2]}'
}
nuget() {
    find "$work" -name '*.deps.json' | LC_ALL=C sort | while read -r file; do
        jq -c '.libraries | to_entries[] | select(.value.type != "project" and .value.type != "reference") | (.key | ltrimstr("runtimepack.") | split("/")) as [$name, $version]
            | {name: $name, versionInfo: $version, purl: "pkg:nuget/\($name)@\($version)", sha512: (.value.sha512 | if startswith("sha512-") then .[7:] else null end)}' "$file"
    done
}

digest=$(sha256sum <"$work/config.json" | cut -d' ' -f1)
{ debian; nuget; } | jq -s --slurpfile config "$work/config.json" --arg digest "$digest" --arg name "$(jq -r '.[0].RepoTags[0] // "image"' "$work/manifest.json")" '
    unique_by(.purl) as $found | {
        spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: $name,
        documentNamespace: "https://inheritune.dev/spdx/\($digest)",
        creationInfo: {created: ($config[0].created[0:19] + "Z"), creators: ["Tool: inheritune-sbom"]},
        packages: ([{SPDXID: "SPDXRef-image", name: $name, versionInfo: ($config[0].config.Labels["org.opencontainers.image.version"] // ""), downloadLocation: "NOASSERTION", filesAnalyzed: false,
                checksums: [{algorithm: "SHA256", checksumValue: $digest}]}]
            + [$found | to_entries[] | {SPDXID: "SPDXRef-\(.key)", name: .value.name, versionInfo: .value.versionInfo, downloadLocation: "NOASSERTION", filesAnalyzed: false,
                externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: .value.purl}]}
                + (if .value.sha512 then {comment: "NuGet content hash: sha512-\(.value.sha512)"} else {} end)]),
        relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-image"}]
            + [$found | to_entries[] | {spdxElementId: "SPDXRef-image", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-\(.key)"}])
    }'
