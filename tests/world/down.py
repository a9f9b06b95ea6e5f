"""down: stop the servers of a world. usage: python3 -m tests.world.down FOLDER"""
import os
import sys

from tests.world import servers

if __name__ == "__main__":
    servers.stop(os.path.abspath(sys.argv[1]))
