"""Charts of the reports that commands write, as a page of HTML or a picture. The one place that knows matplotlib."""
