// Package definitions requires the types of ServiceMonitor and PrometheusRule, of which their definitions are made.
package definitions

import _ "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
