module github.com/fanfold/fanfold/tests/tools

go 1.24

require github.com/openfaas/faas-cli v0.0.0-20250116111659-b368a1ccedbb
