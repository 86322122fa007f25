# What notebooks read results with: tests start Python themselves, so only the package is installed here.

pandas_packages() { echo python3-pandas; }
