from rpgan.cli import main

main()
