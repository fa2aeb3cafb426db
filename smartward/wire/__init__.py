"""What hub and screens say to each other. They never import one another; they meet here."""
