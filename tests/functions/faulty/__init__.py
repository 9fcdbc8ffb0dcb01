"""A service of the tests: a consumer that fails until it is deployed with FAULTY=no."""
