{{/*
Names are fixed, not made of the release's. So Helm refuses a second release that would lead the same runs or share the Lease, because
what it would make belongs to the first.
*/}}
{{- define "inheritune.selector" -}}
app.kubernetes.io/name: inheritune-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "inheritune.labels" -}}
{{ include "inheritune.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* dict: root, image */}}
{{- define "inheritune.image" -}}
{{ .image.repository }}{{ if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}

{{/* The rules of a role in the file that the operator's program writes. dict: root, kind, name */}}
{{- define "inheritune.rules" -}}
{{- range splitList "\n---\n" (.root.Files.Get "files/rbac.yaml") }}
{{- $entity := fromYaml . }}
{{- if and (eq $entity.kind $.kind) (eq $entity.metadata.name $.name) }}{{ toYaml $entity.rules }}{{ end }}
{{- end }}
{{- end }}

{{- define "inheritune.subjects" -}}
- kind: ServiceAccount
  name: {{ .Values.serviceAccount.name }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* A security context, without what a cluster that gives users and groups refuses. dict: root, context */}}
{{- define "inheritune.security" -}}
{{- with .root.Values.platformSecurity | ternary (omit .context "runAsUser" "runAsGroup" "fsGroup") .context }}{{ toYaml . }}{{ end }}
{{- end }}
