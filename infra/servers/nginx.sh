# A proxy: tests start one of their own, so only its package is installed here.

nginx_packages() { echo nginx-light; }
