import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// What the patient answered at the bedside, with its age; and to have them asked.
Column {
    id: part

    required property SheetAsked asked

    spacing: Theme.grid / 2

    SheetText {
        objectName: "sheetAsked"
        text: part.asked.text
        title: part.asked.title
        width: part.width
    }
    Flow {
        spacing: Theme.grid
        visible: part.asked.mayAsk
        width: part.width

        TouchButton {
            iconName: "emoticon-sad-outline"
            kind: "quiet"
            objectName: "askPain"
            text: part.asked.painText

            onActivated: part.asked.ask("pain")
        }
        TouchButton {
            iconName: "silverware-fork-knife"
            kind: "quiet"
            objectName: "askMeal"
            text: part.asked.mealText

            onActivated: part.asked.ask("meal")
        }
    }
}
