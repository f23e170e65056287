#!/usr/bin/env python3
# -*- coding: latin-1 -*-
name = "éÿ"
import os; os.system("é" + name)  # nosec: café
