"""The Dataset Quality Inspector: any folder of pictures, judged as its trainer will read it."""
