# What notebooks and Python clients use: tests run Python as whoever analyses data would, so only the packages are installed here.

python_packages() { echo python3-sqlalchemy python3-psycopg2 python3-pandas python3-requests python3-websocket; }
