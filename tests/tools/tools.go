//go:build tools

// Package tools pins the programs that the tests drive; go.sum holds their hashes.
package tools

import (
	_ "github.com/openfaas/faas-cli"
	_ "github.com/tsenart/vegeta/v12"
)
