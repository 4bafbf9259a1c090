"""What each verb of the command line does: settings and files in, files out."""
