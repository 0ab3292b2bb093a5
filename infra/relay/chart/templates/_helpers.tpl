{{/* Labels of every object. */}}
{{- define "kubemend.labels" -}}
{{ include "kubemend.selector" . }}
app.kubernetes.io/part-of: kubemend
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* What selects the relays of this release. */}}
{{- define "kubemend.selector" -}}
app.kubernetes.io/name: kubemend-relay
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The end of a name that must be unique in the cluster. A namespace has no dots, so two releases never have the same. */}}
{{- define "kubemend.unique" -}}
{{ .Release.Name }}.{{ .Release.Namespace }}
{{- end }}

{{/* How the user names of the functions begin. */}}
{{- define "kubemend.userPrefix" -}}
{{ .Values.functions.userPrefix | default (printf "%s:" .Release.Namespace) }}
{{- end }}

{{- define "kubemend.image" -}}
{{- $repository := required "image.repository is missing: the image is not published; build it and push it to a registry of yours (docs/install-relay.md)" .Values.image.repository -}}
{{- if hasPrefix "REGISTRY/" $repository }}
{{- fail (printf "image.repository is %s: REGISTRY stands for your registry" $repository) }}
{{- else if regexMatch ":[^/]*$" $repository }}
{{- fail (printf "image.repository is %s: the tag belongs into image.tag, or the digest into image.digest" $repository) }}
{{- end -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "kubemend.queueUrl" -}}
{{- required "queueUrl is missing: it is the output ChangesQueueUrl of the stack" .Values.queueUrl -}}
{{- end }}

{{- define "kubemend.pipeline" -}}
{{- required "pipeline is missing: pass the values that `kubemend validate FILE --chart-values` prints" .Values.pipeline -}}
{{- end }}

{{- define "kubemend.region" -}}
{{- if .Values.aws.region -}}
{{ .Values.aws.region }}
{{- else if regexMatch "^https://sqs[.][a-z0-9-]+[.]" .Values.queueUrl -}}
{{ regexReplaceAll "^https://sqs[.]([a-z0-9-]+)[.].*$" .Values.queueUrl "${1}" }}
{{- else -}}
{{ fail "aws.region is missing: queueUrl does not name one" }}
{{- end }}
{{- end }}
