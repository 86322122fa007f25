# The browser in which tests open the page, with letters for its Korean: each test run starts its own, so only the packages are installed here.

chromium_packages() { echo chromium fonts-noto-cjk; }
